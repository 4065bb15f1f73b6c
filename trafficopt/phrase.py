"""The same words in English and Chinese."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in both languages of the reports; without Chinese ones, the English ones stand for both.

    In a page it is two elements, of which the page's language switch shows one.

    Examples
    --------
    >>> Phrase("cycle", "周期").__html__()
    '<span lang="en">cycle</span><span lang="zh-CN">周期</span>'
    >>> Phrase("J0101").__html__()
    'J0101'
    """

    en: str
    zh: str = ""

    def __html__(self) -> str:
        if not self.zh or self.zh == self.en:
            return escape(self.en)
        return f'<span lang="en">{escape(self.en)}</span><span lang="zh-CN">{escape(self.zh)}</span>'

    def __bool__(self) -> bool:
        return bool(self.en)

    def __str__(self) -> str:
        return self.en

    @property
    def chinese(self) -> str:
        """The Chinese words, or the English ones where there are none."""
        return self.zh or self.en


def sentences(*phrases: Phrase) -> Phrase:
    """Sentences one after the other; empty ones are left out."""
    said = [phrase for phrase in phrases if phrase]
    return Phrase(" ".join(phrase.en for phrase in said), "".join(phrase.chinese for phrase in said))
