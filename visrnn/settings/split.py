"""How a text is cut into training, validation and test text (the paper's section 3.2)."""

from itertools import count

from visrnn.system.exceptions import InputError

PARTS = ("train", "validation", "test")
# The largest text without max_bytes, and the largest download, in bytes.
CEILING = 2**30
# How far a part's share of the text may be from the one that is asked for.
TOLERANCE = 0.01


def split_blocks(length: int, split: dict) -> dict:
    """How many blocks of a row go to each part, as {"train": ..., "validation": ..., "test": ...}.

    length: tokens in the corpus. split: scheme, fractions [train, validation, test], rows, block.
    Raises InputError when a part would be empty, saying how long the corpus must be.
    """
    train, validation, test = split["fractions"]
    if min(train, validation, test) <= 0 or abs(train + validation + test - 1) > 1e-9:
        raise InputError(
            f"split.fractions: expected three positive numbers that add up to 1, "
            f"found {split['fractions']}, which add up to {train + validation + test:g}"
        )

    unit = split["rows"] * split["block"]
    sizes = _cut(length // unit, split)
    if min(sizes) < 1:
        # Test gets what the others leave, so it is never the last to come to a block.
        fewest = int(1 / min(train, validation))
        needed = next(n for n in count(max(fewest - 1, 3)) if min(_cut(n, split)) >= 1) * unit
        raise InputError(
            f"the corpus has {length:,} tokens, but the split needs at least {needed:,} "
            f"({split['rows']} rows x blocks of {split['block']}); "
            f"bring a longer text, or lower split.rows or split.block"
        )
    return dict(zip(PARTS, sizes, strict=True))


def describe_shares(length: int, split: dict) -> str | None:
    """One sentence about parts whose shares are not those that were asked for, or None.

    A share may be off by TOLERANCE. Arguments as of `split_blocks`. The sentence names the largest
    smaller block with which all parts have their shares, if there is one.
    """
    if _off(length, split, split["block"]) <= TOLERANCE:
        return None
    sizes = _cut(length // (split["rows"] * split["block"]), split)
    found = " / ".join(f"{size / sum(sizes):.1%}" for size in sizes)
    asked = " / ".join(f"{100 * fraction:.3g}%" for fraction in split["fractions"])
    smaller = range(split["block"] - 1, 0, -1)
    fitting = next((n for n in smaller if _off(length, split, n) <= TOLERANCE), None)
    cure = f"split.block: {fitting} would fit" if fitting else "a longer text, or fewer rows, would"
    return (
        f"Its parts are {found} of the text and not {asked}, because {sum(sizes)} blocks of "
        f"{split['block']} in a row cannot be cut so; {cure}."
    )


def _cut(blocks: int, split: dict) -> tuple[int, int, int]:
    """Blocks of training, validation and test, as the paper cuts them: what is left is for test."""
    train, validation, _ = split["fractions"]
    first, second = int(blocks * train), int(blocks * validation)
    return first, second, blocks - first - second


def _off(length: int, split: dict, block: int) -> float:
    """By how much of the text the part is off that is furthest from its share."""
    sizes = _cut(length // (split["rows"] * block), split)
    return max(
        abs(size / sum(sizes) - fraction)
        for size, fraction in zip(sizes, split["fractions"], strict=True)
    )
