"""Run the texts in this folder into the notebooks one folder up: one way, text to notebook.

``python3 lesson.py build`` builds all of them, ``python3 lesson.py build 03`` those whose name
starts so. A notebook is replaced only when its text ran to the end without a warning.
"""

import hashlib
import os
import re
import signal
import subprocess
import sys
import time
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

TEXTS = Path(__file__).resolve().parent
NOTEBOOKS = TEXTS.parent
AT_ONCE = 2
RUNNING = set()  # the clients of notebooks under way
# What tests/conftest.py sets too: the default data, and the same sums bit for bit.
KERNEL = {
    "ALS_LESSON_DATA": "simulated",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    # No Python version here: it would change with every author's machine.
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}
# Pictures that the README shows, cut from the notebooks: file name, and how its alt text begins.
PICTURES = {"07_sweep_k_and_lambda": ("ladder.png", "From three stars of error")}
WIDGET = "application/vnd.jupyter.widget-view+json"
BAR_AT_START = re.compile(r"  0%\|\s*\| 0/(\d+) \[.*")


def read_text(path):
    """The notebook a text describes, not yet run, with ids that follow from its cells alone."""
    notebook = jupytext.read(path, fmt="md:myst")
    notebook.metadata = nbformat.from_dict(METADATA)
    seen = {}
    for cell in notebook.cells:
        digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:8]
        seen[digest] = seen.get(digest, 0) + 1
        cell.id = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"
    return notebook


def execute(notebook, **options):
    """Fill in the outputs, with options of NotebookClient; return what no learner may meet."""
    client = NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        extra_arguments=["--IPKernelApp.log_level=CRITICAL"],
        resources={"metadata": {"path": str(NOTEBOOKS)}},
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
        **options,
    )
    RUNNING.add(client)
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        return find_trouble(notebook) or str(error)
    finally:
        RUNNING.discard(client)
    return find_trouble(notebook)


def end_kernels():
    """End the kernels under way, and what they started; no Ctrl-C in a terminal reaches them."""
    for client in list(RUNNING):
        process = getattr(getattr(client.km, "provisioner", None), "process", None)
        if process is None or process.poll() is not None:
            continue
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)  # a kernel leads a group of its own
        else:
            process.kill()


def at_once(work, jobs):
    """Yield `work(*job)` for each job as it is done, AT_ONCE at a time; leave nothing running."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        futures = [pool.submit(work, *job) for job in jobs]
        try:
            yield from (future.result() for future in as_completed(futures))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            while not all(future.done() for future in futures):
                end_kernels()
                time.sleep(0.1)


def find_trouble(notebook):
    """The first error, warning or other text on stderr, or None."""
    for number, cell in enumerate(notebook.cells, start=1):
        expected = "raises-exception" in cell.metadata.get("tags", [])
        for output in cell.get("outputs", []):
            if output.output_type == "error" and not expected:
                return f"cell {number} fails:\n{cell.source}\n\n{output.ename}: {output.evalue}"
            if output.output_type == "stream" and output.name == "stderr":
                return f"cell {number} writes to stderr:\n{cell.source}\n\n{output.text}"
    return None


def settle_widgets(notebook):
    """Keep what reads without a kernel: widgets die with it, and leave their text or HTML."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if data.pop(WIDGET, None) and "text/plain" in data:
                data["text/plain"] = BAR_AT_START.sub(r"100%|██████████| \1/\1", data["text/plain"])


def write(notebook, path):
    """Put a finished notebook in its place, the same bytes on every system."""
    notebook.metadata = nbformat.from_dict(METADATA)
    nbformat.validate(notebook)
    put(path, nbformat.writes(notebook) + "\n")


def put(path, text):
    """Write a file whole or not at all."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(text, encoding="utf-8", newline="\n")
    os.replace(unfinished, path)


def keep_picture(notebook, file_name, beginning):
    """Save the picture whose alt text begins so, for the README."""
    image = re.compile(rf'<img alt="{beginning}[^>]*base64,([^"]+)"')
    found = [
        image.search(output.data["text/html"])
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "text/html" in output.get("data", {})
    ]
    (encoded,) = (match[1] for match in found if match)
    (NOTEBOOKS / "images").mkdir(exist_ok=True)
    (NOTEBOOKS / "images" / file_name).write_bytes(b64decode(encoded))


def build(text):
    """Build one notebook; return what went wrong, or None."""
    start = time.perf_counter()
    try:
        notebook = read_text(text)
        trouble = execute(notebook)
        if trouble is None:
            settle_widgets(notebook)
            write(notebook, NOTEBOOKS / f"{text.stem}.ipynb")
            if text.stem in PICTURES:
                keep_picture(notebook, *PICTURES[text.stem])
    except nbformat.ValidationError as error:
        trouble = f"which is not a valid notebook: {error.message}"
    print(f"{text.stem:32}{time.perf_counter() - start:6.1f} s", flush=True)
    return trouble and f"{text.name}, {trouble}"


def choose(names):
    """The texts whose names start with one of those given, or all."""
    texts = sorted(TEXTS.glob("[0-9][0-9]_*.md"))
    for name in names:
        if not any(text.name.startswith(name) for text in texts):
            sys.exit(f"No text in notebooks/src starts with '{name}'.")
    return [text for text in texts if not names or text.name.startswith(tuple(names))]


def main(names):
    """Build the chosen notebooks, two at a time, and say what went wrong with each."""
    os.environ.update(KERNEL)
    subprocess.run([sys.executable, "-m", "als_lesson"], check=True)  # compiles, so no cell has to
    try:
        troubles = sorted(filter(None, at_once(build, [(text,) for text in choose(names)])))
    except KeyboardInterrupt:
        sys.exit("\nStopped. Notebooks that were not finished are as they were.")
    if troubles:
        sys.exit("\nNot built:\n\n" + "\n\n".join(troubles))


if __name__ == "__main__":
    main(sys.argv[1:])
