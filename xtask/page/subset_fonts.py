"""Makes static/fonts/*.woff2 out of the full fonts. Run by hand when a character is missing; the results are committed.

    npm pack inter-ui@4.1.1 @expo-google-fonts/jetbrains-mono@0.4.1   (unpack both into one folder, FROM)
    pip install fonttools brotli
    python3 xtask/page/subset_fonts.py FROM
"""
import pathlib, sys
from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

source = pathlib.Path(sys.argv[1])
target = pathlib.Path(__file__).resolve().parents[2] / "static/fonts"

# Latin-1, Latin-9's additions, the punctuation, arrows and signs that our own sentences use.
SANS = [*range(0x20, 0x7F), *range(0xA0, 0x100), 0x131, 0x152, 0x153, *map(ord, "–—‘’“”…€←↑→↓−≤≥⌘")]
# What the cluster says is ASCII; the rest is ours (elided text, moves, products, separators, minus).
MONO = [*range(0x20, 0x7F), 0xA0, *map(ord, "…→×·−")]


def options(features):
    chosen = subset.Options()
    chosen.flavor, chosen.hinting, chosen.layout_features = "woff2", False, features
    chosen.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]  # the licence stays inside
    return chosen


def keep(font, characters, features):
    subsetter = subset.Subsetter(options(features))
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)


def save(font, name):
    subset.save_font(font, str(target / name), options([]))
    print(name, (target / name).stat().st_size)


def find(pattern):
    return TTFont(next(source.rglob(pattern)))


inter = find("InterVariable.woff2")
for glyph in inter.getGlyphOrder():  # a glyph that never varies has no entry, which the subsetter trips over
    if glyph not in inter["gvar"].variations:
        inter["gvar"].variations[glyph] = []
keep(inter, SANS, ["kern", "mark", "ccmp", "tnum", "cv11"])
save(instancer.instantiateVariableFont(inter, {"opsz": 14, "wght": (400, 700)}), "inter.woff2")

for weight, file in ((400, "400Regular"), (600, "600SemiBold")):
    mono = find(f"JetBrainsMono_{file}.ttf")
    keep(mono, MONO, ["mark", "ccmp"])  # no `calt`: ligatures are off
    save(mono, f"jetbrains-mono-{weight}.woff2")
