"""What the summary and the table say of cures."""

from tests.unit.figures.test_cures import cures
from visrnn.report.cures import cures_section, summary_table


def test_every_cure_is_told_with_the_classes_that_it_changes():
    section = cures_section(cures())
    reading, cure, floor, how = section.sentences
    assert reading == (
        "Of the classes of errors, n-gram goes most with gru-1x8+all (-15%); nothing of what was "
        "tried leaves 5% fewer errors of word model."
    )
    assert cure == (
        "gru-1x8+all has a loss of 1.0000, which is -0.0100 [-0.0150, -0.0050] nats a character "
        "from gru-1x8. It removes 25.0% of all errors and adds 10.0%. It leaves fewer errors of "
        "n-gram (-15%)."
    )
    assert floor == (
        "Another seed of gru-1x8, which knows no more, removes 25.0% of its errors and adds 10.0%."
    )
    assert "for this very net" in how
    assert section.table["against"].tolist() == ["gru-1x8+all"]
    alone = cures_section(cures(columns=[("scaling", "lstm-1x8", 1.0)]))
    assert "Of no class it is decided" in alone.sentences[1]


def test_scale_is_told_from_the_worst_net():
    table = cures(columns=[("scaling", "gru-1x4", 2.0), ("scaling", "lstm-1x4", 1.9)])
    table["nats"] = -0.5
    table["difference"] = 1.0
    table.loc[table["oracle"] == "n-gram", "holm"] = 0.01
    sentences = cures_section(table).sentences
    assert sentences[1] == "From gru-1x4 to gru-1x8 fewer errors are left of n-gram (-50%)."


def test_the_table_is_in_percent():
    table = summary_table(cures())
    row = table[(table["against"] == "gru-1x8+all") & (table["oracle"] == "n-gram")].iloc[0]
    assert (row["errors"], row["removed"], row["added"]) == (100, 25.0, 10.0)
    assert round(row["change"], 9) == -15 and round(row["change_low"], 9) == -20
