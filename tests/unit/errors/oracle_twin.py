"""Slow and obvious twins of words and oracles, on whole strings, one place at a time.

They know only text: a corpus here is a string with a list of which stretches are training text
and which are the streams of the test.
"""

import re

# Python's \w lacks the combining accents.
LETTER = "(?:[^\\W_]|[\u0300-\u036f])"
IDENTIFIER = "[\\w\u0300-\u036f]+"
WORD = {"prose": f"{LETTER}+(?:['’]{LETTER}+)*", "python": IDENTIFIER, "c": IDENTIFIER}


def word_at(text, place, language):
    """(start, end) of the word that text[place] lies in, or None."""
    for match in re.finditer(WORD[language], text):
        if match.start() <= place < match.end():
            return match.span()
    return None


def ngram(probs_by_n, place, n):
    return any(probs_by_n[k][place] > 0.5 for k in probs_by_n if k <= n)


def memory(text, stream_start, place, language, n):
    """The word of text[place], after its first character, among the last n that were shown."""
    span = word_at(text, place, language)
    if span is None or place == span[0]:
        return False
    word = text[span[0] : span[1]]
    return (
        any(
            text[start:end] == word
            for start, end in (m.span() for m in re.finditer(WORD[language], text))
            if start >= max(stream_start, place - n) and end <= span[0]
        )
        and span[0] >= stream_start
    )


def rare(text, train, place, language, times):
    """train: (start, end) of the stretches of training text."""
    span = word_at(text, place, language)
    if span is None:
        return False
    word = text[span[0] : span[1]]
    same = [m.span() for m in re.finditer(WORD[language], text) if m.group() == word]
    inside = [s for s in same if all(any(a <= p < b for a, b in train) for p in range(*s))]
    return len(inside) <= times


def word_model(text, place):
    return place > 0 and (text[place - 1].isspace() or text[place - 1] in "\"'`‘’“”«»")


def punctuation(text, place, language):
    character = text[place]
    if character == "_" and language != "prose":
        return False
    letter = re.fullmatch(LETTER, character)
    return character.isprintable() and not letter and not character.isspace()


def boost(prob, more):
    return prob + more >= 0.5 - 1e-9


def peel(errors, oracles):
    """errors: places. oracles: functions of a place. Which oracle takes each place, or None."""
    taken, left = {}, list(errors)
    for index, oracle in enumerate(oracles):
        taken |= {place: index for place in left if oracle(place)}
        left = [place for place in left if place not in taken]
    return {place: taken.get(place) for place in errors}
