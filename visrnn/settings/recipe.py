"""A recipe: how a net is trained."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """One of a configuration's `recipes`; bounds and defaults are in its schema."""

    # How often the training text is read.
    epochs: int
    # Streams that are read side by side.
    batch: int
    # Characters of each stream in one step of truncated back-propagation.
    sequence: int
    # rmsprop (the paper's), adam or soap.
    optimizer: str
    # Decay of the running mean of squared gradients (RMSProp calls it alpha).
    beta2: float
    # The learning rate at the start, or at the top of a cosine.
    learning_rate: float
    # Hidden size above which a recurrent net's rate falls in proportion; 0 for never.
    base_size: int
    # decay (the paper's) or cosine.
    schedule: str
    # Epochs before the rate decays; of schedule decay.
    hold_epochs: int
    # What the rate is multiplied by in each epoch after those; of schedule decay.
    decay: float
    # Steps over which the rate rises; of schedule cosine.
    warmup_steps: int
    # Each element of the gradient is clipped to plus or minus this; 0 clips nothing.
    clip: float
    # Each step shrinks weights and biases by the rate times this.
    weight_decay: float
    # Weights and biases start uniform between minus and plus this.
    init_range: float
    # Share of each layer's outputs that is dropped in training.
    dropout: float
    # Share of the weights from hidden to hidden units that each step of training drops.
    recurrent_dropout: float
    # Share of the training text that is read: the first part of each stream. Cards of earlier
    # versions lack it.
    share: float = 1
    # Epochs, up to the present one, of whose last weights the net has the mean. Earlier
    # cards lack it too.
    average: int = 1
