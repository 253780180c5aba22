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

# The letters, punctuation, arrows and signs that our own sentences use.
SANS = [*range(0x20, 0x7F), 0xA0, *map(ord, "°±·×¼½–—‘’“”…←↑→↓−≤≥⌘")]
# The rest of Latin-1, and Latin-9's additions: fetched where a person's own text has such a letter (unicode-range).
LATIN = sorted({*range(0xA1, 0x100), 0x131, 0x152, 0x153, ord("€")} - set(SANS))
# What the cluster says is ASCII; the rest is ours (elided text, moves, products, separators, minus).
MONO = [*range(0x20, 0x7F), 0xA0, *map(ord, "…→×·−")]


def options(features):
    chosen = subset.Options()
    chosen.flavor, chosen.hinting, chosen.layout_features = "woff2", False, features
    chosen.name_IDs = [0, 1, 2]  # whose it is; the licences stand beside
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


for characters, name in ((SANS, "inter"), (LATIN, "inter-latin")):
    inter = find("InterVariable.woff2")
    for glyph in inter.getGlyphOrder():  # a glyph that never varies has no entry, which the subsetter trips over
        if glyph not in inter["gvar"].variations:
            inter["gvar"].variations[glyph] = []
    keep(inter, characters, ["kern", "mark", "ccmp", "tnum", "cv11"])
    save(instancer.instantiateVariableFont(inter, {"opsz": 14, "wght": (400, 700)}), f"{name}.woff2")

for weight, file in ((400, "400Regular"), (600, "600SemiBold")):
    mono = find(f"JetBrainsMono_{file}.ttf")
    keep(mono, MONO, ["mark", "ccmp"])  # no `calt`: ligatures are off
    save(mono, f"jetbrains-mono-{weight}.woff2")
