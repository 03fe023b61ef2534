"""Formulas as drawings: SVG on the page, so that no font, script or network is needed for them."""

import html
import re

import ziamath
from docutils.nodes import SkipNode

SIZE = 17.0  # pixels; drawings scale with the text around them, at 16 pixels an em
ziamath.config.svg2 = False  # each drawing stands alone
ziamath.config.precision = 2


def draw(latex, inline):
    """One formula as SVG; its source is its alternative text."""
    formula = ziamath.Latex(latex, size=SIZE, inline=inline)
    svg = formula.svg()
    left, top, width, height = map(float, re.search(r'viewBox="([^"]+)"', svg)[1].split())
    style = f"width: {width / 16:.3f}em; height: {height / 16:.3f}em; "
    style += f"vertical-align: {-(top + height) / 16:.3f}em"
    body = svg.partition(">")[2].replace(' fill="black"', "")  # the colour of the text around
    said = html.escape(" ".join(latex.split()))
    box = f"{left:g} {top:g} {width:g} {height:g}"
    head = f'<svg class="formula" role="img" aria-label="{said}" viewBox="{box}" style="{style}">'
    return head + body


def _inline(translator, node):
    translator.body.append(draw(node.astext(), inline=True))
    raise SkipNode


def _block(translator, node):
    drawn = draw(node.astext(), inline=False)
    translator.body.append(f'<div class="formula-block">{drawn}</div>\n')
    raise SkipNode


def setup(app):
    """Register the renderer with Sphinx."""
    app.add_html_math_renderer("drawn", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
