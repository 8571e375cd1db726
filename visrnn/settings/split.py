"""How a text is cut into training, validation and test text (the paper's section 3.2)."""

from itertools import count

from visrnn.system.exceptions import InputError

PARTS = ("train", "validation", "test")


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

    def cut(blocks: int) -> tuple[int, int, int]:
        first, second = int(blocks * train), int(blocks * validation)
        return first, second, blocks - first - second

    unit = split["rows"] * split["block"]
    sizes = cut(length // unit)
    if min(sizes) < 1:
        # Test gets what the others leave, so it is never the last to come to a block.
        fewest = int(1 / min(train, validation))
        needed = next(n for n in count(max(fewest - 1, 3)) if min(cut(n)) >= 1) * unit
        raise InputError(
            f"the corpus has {length:,} tokens, but the split needs at least {needed:,} "
            f"({split['rows']} rows x blocks of {split['block']}); "
            f"bring a longer text, or lower split.rows or split.block"
        )
    return dict(zip(PARTS, sizes, strict=True))
