"""How good is it? Loss, objective and RMSE of predictions; lists of ten and their marks."""
