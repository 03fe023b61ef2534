/* What the browser does when a picture of ours has loaded; `this` is its <img>.

Keys belong to the control that has the focus, not to the notebook around it: JupyterLab and
Notebook 7 take arrow keys, digits and Enter for moving between cells and changing them. One
listener a page, which runs before the notebook's; combinations such as Ctrl+S or Shift+Enter
stay the notebook's. */
if (!window.alsKeys) {
  window.alsKeys = (event) => {
    const chord = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;
    if (event.target.closest?.('.als-keys')) {
      event.target.toggleAttribute('data-lm-suppress-shortcuts', !chord);
    }
  };
  window.addEventListener('keydown', window.alsKeys, true);
}

/* The handles of sliders come without a name for screen readers: give each its visible label, and
its readout as the value. */
const name = (tries) => {
  const handles = this.closest('.als-keys')?.querySelectorAll('[role=slider]');
  if (!handles?.length) return tries && setTimeout(name, 100, tries - 1); // not on the page yet
  for (const handle of handles) {
    const slider = handle.closest('.jupyter-widgets');
    const label = slider.querySelector('label');
    handle.setAttribute('aria-label', label.title || label.textContent);
    handle.setAttribute('aria-valuetext', slider.querySelector('.widget-readout').textContent);
  }
};
name(50);
