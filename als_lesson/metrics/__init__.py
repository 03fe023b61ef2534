"""How good is a list of ten movies? Top-N lists, and the numbers they are judged by."""

from .marks import coverage, evaluate_top_n, ndcg_at, precision_at, recall_at
from .top import top_n

__all__ = ["coverage", "evaluate_top_n", "ndcg_at", "precision_at", "recall_at", "top_n"]
