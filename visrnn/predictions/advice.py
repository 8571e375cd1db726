"""What a net's learning curve says of its training, and what would help."""

import pandas as pd

# Nats: a rise of the validation loss that is no draw, a fall that is worth more epochs, and a
# distance to the training loss at which a net has begun to learn its text by heart.
RISE, FALL, APART = 0.003, 0.01, 0.05


def advise(history: pd.DataFrame) -> str:
    """One clause on a net's curve: what it does, and what would help.

    history: epoch, train and validation, nats per character, a row an epoch, in order. The training
    loss is a mean over the epoch, so after few epochs it flatters no net. The fall is that of the
    last third of the epochs: in the last one a cosine's rate is almost zero.
    """
    validation, last = history["validation"], history.iloc[-1]
    apart = last["validation"] - last["train"]
    if last["validation"] - validation.min() > RISE:
        best = int(history["epoch"].iloc[int(validation.to_numpy().argmin())])
        return f"overfits from epoch {best + 1}: dropout or fewer epochs would help"
    third = -1 - max(1, len(history) // 3)
    fell = validation.iloc[max(third, -len(history))] - last["validation"]
    by_heart = f", {apart:.2f} nats better on its training text" if apart > APART else ""
    if fell > FALL or len(history) == 1:
        cure = ", with dropout," if by_heart else ""
        return f"still learning{by_heart}: more epochs{cure} would help"
    if by_heart:
        return f"has settled{by_heart}: dropout would help"
    return "has settled: a larger net would help"
