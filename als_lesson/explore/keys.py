"""Keys belong to the control that has the focus, not to the notebook around it.

JupyterLab and Notebook 7 take arrow keys, digits and Enter for moving between cells and changing
them, even while a list box or a slider in a cell's output has the focus.
"""

KEPT = "als-keys"  # the class of a widget whose controls keep their keys

# The value of an onload attribute: the first picture of a page to load installs one listener,
# which runs before the notebook's. Combinations such as Ctrl+S or Shift+Enter stay the notebook's.
KEEP_KEYS = (
    "if (!window.alsKeys) {window.alsKeys = e => {if (e.target.closest?.('.als-keys')) "
    "e.target.toggleAttribute('data-lm-suppress-shortcuts', "
    "!(e.ctrlKey || e.metaKey || e.altKey || e.shiftKey))}; "
    "window.addEventListener('keydown', window.alsKeys, true)} "
)
