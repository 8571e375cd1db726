"""The table of steered text, which a net wrote and nobody has read."""

from visrnn.nets.steering import SCHEMA
from visrnn.report.causes import steered_texts, steering_pages
from visrnn.system.frames import build_frame


def test_drawn_text_is_shown_and_does_no_harm():
    way = {"run": "gru-1x8-s1", "property": "double_quotes", "layer": 1, "measure": "share"}
    way |= {"measured": 0.25, "loss": 1.5, "prime": "=1", "text": "<script>\x07"}
    ways = [
        way | {"held": "cell", "unit": 3, "at": "free"},
        way | {"held": "random", "unit": 5, "at": "high", "value": 0.5},
    ]
    table, markdown, html = steering_pages(build_frame(ways, SCHEMA))
    assert table["prime"].tolist() == ["'=1"] * 2 and table["measured"].tolist() == [0.25] * 2
    assert "<script>" not in html and "&lt;script&gt;" in html
    for page in (markdown, html):
        assert "gru-1x8-s1, double quotes: no unit held" in page
        assert "random unit 5 held high" in page
        assert "0.2500" in page and "\x07" not in page
    ways = steered_texts(build_frame(ways, SCHEMA))
    assert ways["run"].tolist() == [
        "gru-1x8-s1, double quotes: no unit held",
        "gru-1x8-s1, double quotes: random unit 5 held high",
    ]
    assert ways["prime"].tolist() == ["=1"] * 2 and (ways["temperature"] == 1).all()
