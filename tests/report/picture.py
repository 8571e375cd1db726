"""The picture of the explorer in docs/images, taken from its page of War and Peace:

python -m tests.report.picture results/war_and_peace/pages/explorer docs/images/explorer.png
"""

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from tests.report.browser import start_browser

# Lengths are the page's pixels; the picture has twice as many, for screens that show them.
SCALE, WIDTH, MARGIN, GAP, LABEL = 2, 900, 10, 16, 28
LEFT = 622
RIGHT = WIDTH - 2 * MARGIN - GAP - LEFT
# The first line of the text that is shown, of 21 pixels each, and what is typed beside it.
LINE = 10
TYPED = '"Well, Prince,'
# What is taken alone, and without what scrolls or blinks.
STYLE = """main {display: block !important} .above {padding: 0 0 4px !important}
#text {flex: none !important; height: 252px !important; overflow: hidden !important; border: 0}
.line {left: 0 !important} .line .cursor {outline: 0 !important} #expected {padding: 0 !important}
#own {height: 36px !important; margin: 0 !important; resize: none !important} .model {padding: 1px}
header, #writing {border: 0} .who {white-space: nowrap; font-size: 12px}
html, #expected {scrollbar-width: none}
#own * {overflow: hidden !important; caret-color: transparent !important}"""


def picture_of(browser, selector):
    """An element as it stands on the page."""
    return Image.open(io.BytesIO(browser.one(selector).screenshot_as_png)).convert("RGB")


def resize(browser, width):
    metrics = {"width": width, "height": 2000, "deviceScaleFactor": SCALE, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def take(browser, page):
    """The text in the colours of its best cell; what is typed, and what is expected behind it."""
    resize(browser, LEFT)
    browser.open(page / "index.html")
    browser.wait(lambda: browser.execute_script("return document.body.dataset.ready === 'yes'"))
    browser.execute_script("document.head.append(Explorer.make('style', {}, arguments[0]))", STYLE)
    browser.execute_script("Explorer.find('text').scrollTop = arguments[0]", 21 * LINE)
    text = picture_of(browser, "#reading")
    resize(browser, RIGHT)
    browser.one("#watch").send_keys('"')
    browser.one("#own-text").send_keys(TYPED)
    browser.wait(lambda: len(browser.all("#here .model")) > 4)
    free = [picture_of(browser, each) for each in ("#own", "#here .model:nth-child(1)")]
    browser.one("#clamp-on").click()
    browser.wait(lambda: "clamped" in browser.one("#here .model:nth-child(2)").text)
    clamped = [picture_of(browser, each) for each in ("#own", "#here .model:nth-child(2)")]
    return text, free, clamped


def compose(text, free, clamped):
    """The text on the left; on the right what is typed, free above and clamped below."""
    right = (MARGIN + LEFT + GAP) * SCALE
    whole = Image.new("RGB", (WIDTH * SCALE, text.height + (LABEL + 2 * MARGIN) * SCALE), "white")
    pen = ImageDraw.Draw(whole)
    font = ImageFont.truetype("DejaVuSans-Bold.ttf", 13 * SCALE)

    def put(x, y, label, pictures):
        pen.text((x, y), label, "#1e293b", font)
        y += LABEL * SCALE
        for picture in pictures:
            whole.paste(picture, (x, y))
            y += picture.height + 6 * SCALE

    put(MARGIN * SCALE, MARGIN * SCALE, "The text, in the colours of a cell", [text])
    put(right, MARGIN * SCALE, "Type: it is on from the first mark", free)
    put(right, whole.height // 2 + 6 * SCALE, "Clamp it: no mark is expected", clamped)
    return whole


def main(page, output):
    with tempfile.TemporaryDirectory() as profile, start_browser(Path(profile)) as browser:
        whole = compose(*take(browser, Path(page).resolve()))
    # A third of the bytes; the letters' edges need few colours, and the scale keeps its own.
    whole.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        output, optimize=True
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
