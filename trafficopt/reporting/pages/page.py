"""What all pages share: how templates are filled, and how words become two languages with a switch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from trafficopt.phrase import Phrase
from trafficopt.reporting.words.chinese import CHINESE
from trafficopt.reporting.words.chinese_font import font_rule
from trafficopt.reporting.words.wording import compact, number, signed

UNIT = re.compile(r"(?<=[\d]) (?=(%|s)([^\w]|$))")
FONT_PLACE = "/* Chinese font */"


def render_page(template: str, context: Mapping[str, Any]) -> str:
    """Fill a template, with the Chinese characters that it then has; the same context gives the same bytes.

    Parameters
    ----------
    context
        What the template asks for; each page has `kind`, `title` and `note`.
    """
    page = _environment().get_template(template).render(context)
    return page.replace(FONT_PLACE, font_rule(page), 1)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("trafficopt.reporting", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=number, compact=compact, signed=signed, option=option_words, unbroken=unbroken
    )
    environment.globals.update(t=both, label=aria_label, Phrase=Phrase)
    return environment


def both(text: str) -> Phrase:
    """Fixed words of a template in both languages.

    Raises
    ------
    KeyError
        If `chinese.py` does not know them.
    """
    return Phrase(text, CHINESE[text])


def unbroken(phrase: Phrase) -> Phrase:
    r"""Keep numbers and their units on one line.

    Examples
    --------
    >>> unbroken(Phrase("42 s in all"))
    Phrase(en='42\xa0s in all', zh='')
    """
    return Phrase(*(UNIT.sub("\N{NO-BREAK SPACE}", words) for words in (phrase.en, phrase.zh)))


def aria_label(words: str | Phrase) -> Markup:
    """Attributes that name an element to those who cannot see it.

    Examples
    --------
    >>> aria_label(Phrase("Map", "地图"))
    Markup('aria-label="Map" data-zh-label="地图"')
    """
    phrase = both(words) if isinstance(words, str) else words
    return Markup('aria-label="{}" data-zh-label="{}"').format(phrase.en, phrase.chinese)


def option_words(phrase: Phrase) -> Markup:
    """An attribute and words for an element that can hold nothing but text.

    Examples
    --------
    >>> Markup("<option{}</option>").format(option_words(Phrase("all", "全部")))
    Markup('<option data-zh="全部">all</option>')
    """
    return Markup(' data-zh="{}">{}').format(phrase.chinese, phrase.en)
