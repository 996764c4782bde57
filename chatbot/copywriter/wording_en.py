"""English sentences around facts. Slots hold the shop's words; what stands around them claims nothing, or what the slot's kind carries.

`{t}` the name, `{b}` brand, `{c}` category, `{v}` a value, `{n}` the name of an attribute. All frames of one kind say the same thing, so
any may be drawn. A frame with "picture" needs a picture. Words of these frames are what the checker lets pass without a fact.
"""

from __future__ import annotations

OPENINGS: dict[str, tuple[str, ...]] = {
    "plain": (
        "This is the {t}.", "Here is the {t}.", "The {t} is part of our range.", "From our range: the {t}.", "The {t}, from our range.", "Our range includes the {t}.", "Looking for the {t}? Here it is.", "The {t} could be what you are looking for.",
        "Take a look at the {t}.", "Have a look at the {t}.", "You will find the {t} on this page.", "You are looking at the {t}.", "This page is about the {t}.", "Here you see the {t}.", "See the {t} here.", "You have found the {t}.", "Here it is: the {t}.",
        "The picture shows the {t}.", "The {t}, as pictured.", "The {t} is shown in the picture.", "Pictured here: the {t}.",
    ),
    "friendly": (
        "Meet the {t}.", "Say hello to the {t}.", "Take a look at the {t}.", "Here it is: the {t}.", "Have you seen the {t}?", "Let us show you the {t}.", "May we introduce the {t}?", "Come and see the {t}.",
        "We would like to show you the {t}.", "Looking for something like the {t}? Here it is.", "The {t} is here, and the picture shows it.",
    ),
    "playful": (
        "Guess what? It is the {t}!", "Ta-da: the {t}!", "Psst! Have you met the {t}?", "Look who is here: the {t}!", "Oh, hello: it is the {t}!", "Drum roll, please: the {t}!",
        "Picture this: the {t}!", "Here we go: the {t}!", "Wait, is that the {t}? It is!",
    ),
    "elegant": (
        "We present the {t}.", "Introducing the {t}.", "Allow us to introduce the {t}.", "May we present the {t}.", "Presenting the {t}.", "It is our pleasure to present the {t}.",
        "We invite you to look at the {t}.", "A picture introduces the {t}.",
    ),
}  # fmt: skip
BRANDED: dict[str, tuple[str, ...]] = {
    "plain": ("The {t} is from {b}.", "This is the {t} by {b}.", "This is the {t}, from {b}.", "From {b}: the {t}.", "Here is the {t} by {b}.", "The {t} comes from {b}.", "Our range includes the {t} by {b}."),
    "friendly": ("Meet the {t} from {b}.", "{b} brings you the {t}.", "Say hello to the {t}, from {b}.", "Take a look at the {t} by {b}.", "Here it is, from {b}: the {t}."),
    "playful": ("Look who {b} sent: the {t}!", "Ta-da: the {t}, from {b}!", "Hello {b}, hello {t}!", "Drum roll, please: from {b}, the {t}!"),
    "elegant": ("{b} presents the {t}.", "Introducing the {t} by {b}.", "From {b}, we present the {t}.", "Allow us to introduce the {t}, from {b}."),
}  # fmt: skip
CATEGORY = ("You find it under {c}.", "It belongs to {c}.", "You find more like it under {c}.", "Look for it under {c}.")
PACK = ("You get it as a {v}.", "It comes as a {v}.", "Sold as a {v}.")
COLOUR = ("It comes in {v}.", "The colour is {v}.", "Its colour is {v}.", "You get it in {v}.")
MATERIAL = ("It is made of {v}.", "It is made from {v}.", "The material is {v}.")
ORIGIN = ("Its country of origin is {v}.", "Country of origin: {v}.")
PICTURE = ("Pictured: {v}.", "In the picture: {v}.", "Seen in the picture: {v}.")
CAPTION = ("The picture shows {v}.", "In the picture: {v}.", "You see {v} in the picture.")
PRICE = ("It costs {v}.", "The price is {v}.", "Price: {v}.")
CHOICE = ("Choose the {n}: {v}.", "{N} to choose from: {v}.", "Pick your {n}: {v}.", "You can choose the {n}: {v}.")
FLAGS = ("It comes with {v}.", "Its features include {v}.", "It also has {v}.", "It has {v}.")
QUALITIES = ("It is {v}.", "It is also {v}.")  # flags that are adjectives: "stackable"
TAGS = ("Filed under {v}.", "Keywords: {v}.")
ONE = ("The {n} is {v}.", "Its {n} is {v}.", "{N}: {v}.")
TWO = ("The {n} is {v} and the {m} is {w}.", "Its {n} is {v}, its {m} {w}.", "{N}: {v}; {m}: {w}.", "The {n} is {v}, while the {m} is {w}.")
MORE = ("In detail: {l}.", "At a glance: {l}.", "The details: {l}.", "Good to know: {l}.", "The facts: {l}.", "{L}.", "Also: {l}.")
CLOSINGS: dict[str, tuple[str, ...]] = {
    "plain": ("See the picture for a closer look.", "For a closer look, see the picture.", "The picture gives a closer look.", "Have a look at the picture.", "The picture shows it.", "Please see the picture for the details.", "Take a look at the picture for the details.", "You can see it in the picture.", "Look at the picture for more.", "See for yourself in the picture.", "A closer look is in the picture.", "Please take a look at the picture."),
    "friendly": ("Take a closer look at the picture.", "Have a look at the picture!", "The picture shows you more.", "See for yourself in the picture."),
    "playful": ("Go on, take a peek at the picture!", "The picture tells you more!", "Have a peek!", "See for yourself in the picture!"),
    "elegant": ("The picture invites a closer look.", "We invite you to see the picture.", "Please take a moment with the picture."),
}  # fmt: skip
ITS = ("Its {l}.",)  # "Its fit is relaxed, its collar stand-up and its weight 180 g."
OF = ("It has {l}.", "It comes with {l}.", "You get {l}.", "It offers {l}.")  # "a memory of 4 GB and a height of 20 cm"
THE = ("The {l}.",)  # "The fit is relaxed, the collar is stand-up and the weight is 180 g."
WEIGHT = ("It weighs {v}.", "Its weight is {v}.", "The weight is {v}.")

# Marketing copy: `{h}` the theme, `{k}` keywords, `{p}` a product, `{a}` its price as the record has it.
HEADLINES: dict[str, tuple[str, ...]] = {
    "plain": ("{h}", "{h}: {p}", "Our {h}", "{p}: {h}"),
    "friendly": ("Welcome to our {h}", "{h}: come and see", "Hello, {h}!", "{h}: say hello to the {p}", "{h} with the {p}"),
    "playful": ("Ta-da: {h}!", "Psst: {h}!", "Guess what? {h}!", "{h}? Oh yes!", "{h}: look who is here!"),
    "elegant": ("Introducing: {h}", "We present: {h}", "{h}: you are invited", "An invitation: {h}", "{h}, presented to you"),
}
INTROS: dict[str, tuple[str, ...]] = {
    "plain": ("This is our {h}.", "Here is our {h}.", "This message is about our {h}.", "Our {h}: this is what you find."),
    "friendly": (
        "Welcome to our {h}!",
        "We would like to show you our {h}.",
        "Come and see our {h}.",
        "Say hello to our {h}!",
        "Take a look at our {h}.",
    ),
    "playful": ("Psst! Have you heard of our {h}?", "Guess what? It is our {h}!", "Here we go: our {h}!", "Drum roll, please: our {h}!"),
    "elegant": ("We invite you to our {h}.", "Allow us to present our {h}.", "It is our pleasure to invite you to our {h}."),
}
ABOUT = ("It is about {k}.", "Our theme: {k}.", "On our minds: {k}.", "Think of {k}.")
OFFERED = ("{p}: {a}.", "The {p} is {a}.", "{p}, {a}.", "See the {p}: {a}.", "You find the {p} here: {a}.")
NAMED = ("See the {p}.", "You find the {p} here.", "With it: the {p}.", "Among them: the {p}.", "Take a look at the {p}.")
CALLS: dict[str, tuple[str, ...]] = {
    "plain": ("See more", "Look inside", "Go to the shop", "Open the shop", "See the {p}"),
    "friendly": ("Come and see", "Take a look", "Have a look", "Come in", "Meet the {p}"),
    "playful": ("Take a peek", "Go on, look!", "Show me!", "Let me see!"),
    "elegant": ("Be our guest", "Please come in", "Please look", "See the {p}"),
}
