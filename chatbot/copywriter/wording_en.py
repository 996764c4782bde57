"""English sentences around facts. Slots hold the shop's words; what stands around them claims nothing, or what the slot's kind carries.

`{t}` the name, `{b}` brand, `{c}` category, `{v}` a value, `{n}` the name of an attribute. All frames of one kind say the same thing, so
any may be drawn. A frame with "picture" needs a picture. Words of these frames are what the checker lets pass without a fact.
"""

from __future__ import annotations

OPENINGS: dict[str, tuple[str, ...]] = {
    "plain": (
        "This is the {t}.", "Here is the {t}.", "The {t} is shown in the picture.", "{t}, as pictured.", "You are looking at the {t}.", "The item is the {t}.",
        "On this page: the {t}.", "Shown here: the {t}.", "{t}, one look at the picture tells the rest.", "The picture shows the {t}.", "Named {t}, and shown in the picture.", "What you see here is the {t}.",
        "This page is about the {t}.", "In the picture: {t}.", "{t} is what this page is about.", "{t}: here it is, with its picture.", "It goes by the name of {t}.", "The name says what it is: {t}.",
        "You will find the {t} on this page.", "{t}: that is the name of this item.", "Here you see the {t}.", "For you to see: the {t}.", "The {t}, here with its picture.", "We show you the {t}.", "Item of this page: {t}.", "What is it? The {t}.",
        "You have found the {t}.", "This product is the {t}.", "{t} is its name.", "Its name is {t}.", "The product here is the {t}.", "In short: the {t}.", "In a word, the {t}.", "Here it is: the {t}.", "Straight to the point: the {t}.", "Listed here: the {t}.",
    ),
    "friendly": (
        "Meet the {t}.", "Say hello to the {t}.", "Take a look at the {t}.", "Here it is: the {t}.", "Have you seen the {t}?", "Let us show you the {t}.", "May we introduce the {t}?", "This one is called {t}.",
        "Come and see the {t}.", "Looking for this? It is the {t}.", "The {t} is here, and the picture shows it.", "We would like to show you the {t}.", "Hello from the {t}.", "A word about the {t}, and a picture of it.", "Let the picture tell you about the {t}.",
    ),
    "playful": (
        "Knock, knock. It is the {t}!", "Guess what? It is the {t}!", "Ta-da: the {t}!", "Who is there? The {t}!", "Psst! Have you met the {t}?", "Look who is here: the {t}!", "Hey there, {t}!", "Oh, hello: it is the {t}!", "Drum roll, please: the {t}!",
        "Picture this: the {t}!", "Here we go: the {t}!", "Wait, is that the {t}? It is!", "Eyes on the picture: it is the {t}!",
    ),
    "elegant": (
        "We present the {t}.", "Introducing the {t}.", "Allow us to introduce the {t}.", "May we present the {t}.", "The {t}, presented here.", "Presenting the {t}.", "Please find here the {t}.", "The {t}: see it in the picture.", "It is our pleasure to present the {t}.",
        "Kindly take a look at the {t}.", "With this page we present the {t}.", "A picture introduces the {t}.", "We invite you to look at the {t}.",
    ),
}  # fmt: skip
BRANDED: dict[str, tuple[str, ...]] = {
    "plain": ("The {t} is from {b}.", "{b} is the brand of the {t}.", "This is the {t}, from {b}.", "From {b}: the {t}.", "The {t} carries the name {b}.", "The {t} comes from {b}."),
    "friendly": ("Meet the {t} from {b}.", "{b} brings you the {t}.", "Say hello to the {t}, from {b}.", "Take a look at the {t} by {b}.", "Here it is, from {b}: the {t}."),
    "playful": ("Look who {b} sent: the {t}!", "Ta-da: the {t}, from {b}!", "Hello {b}, hello {t}!", "{b} calls it the {t}. What do you say?"),
    "elegant": ("{b} presents the {t}.", "Introducing the {t} by {b}.", "From {b}, we present the {t}.", "Allow us to introduce the {t}, from {b}."),
}  # fmt: skip
CATEGORY = (
    "You find it under {c}.",
    "It belongs to {c}.",
    "Category: {c}.",
    "It is listed under {c}.",
    "Look for it under {c}.",
    "It is filed under {c}.",
    "Among {c} is where it belongs.",
)
PACK = ("You get it as a {v}.", "It comes as a {v}.", "Sold as a {v}.", "It is a {v}.", "One order is a {v}.")
COLOUR = ("It comes in {v}.", "The colour is {v}.", "Its colour: {v}.", "The colour is given as {v}.", "You get it in {v}.", "Colour: {v}.")
MATERIAL = ("It is made of {v}.", "The material is {v}.", "Material: {v}.", "It is made from {v}.")
ORIGIN = ("Its country of origin is {v}.", "Country of origin: {v}.", "The origin is {v}.")
PICTURE = ("Pictured: {v}.", "The picture: {v}.", "In the picture: {v}.", "The picture is of the {v}.", "Seen in the picture: {v}.")
CAPTION = ("The picture shows {v}.", "In the picture: {v}.", "You see {v} in the picture.")
PRICE = ("It costs {v}.", "The price is {v}.", "Price: {v}.", "You pay {v}.")
CHOICE = (
    "Choose the {n}: {v}.",
    "{N} to choose from: {v}.",
    "The {n} is your choice: {v}.",
    "Pick your {n}: {v}.",
    "You can choose the {n}: {v}.",
)
FLAGS = ("It comes with {v}.", "On board: {v}.", "Also there: {v}.", "Its features include {v}.", "It also has {v}.", "It has {v}.")
QUALITIES = ("It is {v}.", "It is also {v}.")  # flags that are adjectives: "stackable"
TAGS = ("Filed under {v}.", "Keywords: {v}.")
ONE = ("The {n} is {v}.", "Its {n} is {v}.", "{N}: {v}.", "As for the {n}: {v}.", "{V} is the {n}.")
TWO = (
    "The {n} is {v} and the {m} is {w}.", "Its {n} is {v}, its {m} {w}.", "{N}: {v}; {m}: {w}.", "You get {n} {v} and {m} {w}.", "The {n} is {v}, while the {m} is {w}.",
    "The {n} is given as {v} and the {m} as {w}.", "{N} {v}, {m} {w}.",
)  # fmt: skip
MORE = (
    "In detail: {l}.",
    "At a glance: {l}.",
    "The details: {l}.",
    "In numbers and words: {l}.",
    "To be exact: {l}.",
    "Here is what it has: {l}.",
    "What else? {L}.",
    "Good to know: {l}.",
    "The facts: {l}.",
    "{L}.",
    "Also: {l}.",
    "Next to that: {l}.",
)
CLOSINGS: dict[str, tuple[str, ...]] = {
    "plain": ("The picture shows it.", "See the picture for a closer look.", "More is in the picture.", "The picture gives a closer look.", "A closer look is one picture away.", "Please see the picture.", "What it looks like, the picture shows.", "How does it look? The picture shows it.", "For its looks, see the picture.", "All else is in the picture.", "The picture has a closer view of it.", "Please look at the picture for more.", "You see it in the picture.", "The rest you see in the picture."),
    "friendly": ("Take a closer look at the picture.", "Have a look at the picture!", "The picture shows you more.", "See for yourself in the picture.", "One look at the picture and you know it."),
    "playful": ("Go on, take a peek at the picture!", "The picture tells you more!", "Have a peek!", "Do you see it? It is in the picture!"),
    "elegant": ("The picture invites a closer look.", "We invite you to see the picture.", "Please take a moment with the picture.", "The picture shows it to you."),
}  # fmt: skip
ITS = ("Its {l}.",)  # "Its fit is relaxed, its collar stand-up and its weight 180 g."
OF = ("It has {l}.", "It comes with {l}.", "You get {l}.", "It offers {l}.")  # "a memory of 4 GB and a height of 20 cm"
THE = ("The {l}.",)  # "The fit is relaxed, the collar is stand-up and the weight is 180 g."
WEIGHT = ("It weighs {v}.", "Its weight is {v}.", "On the scales: {v}.", "The weight: {v}.")

# Marketing copy: `{h}` the theme, `{k}` keywords, `{p}` a product, `{a}` its price as the record has it.
HEADLINES: dict[str, tuple[str, ...]] = {
    "plain": ("{h}", "{h}: {p}", "Our {h}", "{p}: {h}"),
    "friendly": ("Welcome to our {h}", "{h}: come and see", "Hello, {h}!", "{h}: say hello to the {p}", "{h} with the {p}"),
    "playful": ("Knock, knock: {h}!", "Psst: {h}!", "Guess what? {h}!", "{h}? Oh yes!", "{h}: look who is here!"),
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
ABOUT = ("It is about {k}.", "Our theme: {k}.", "On our minds: {k}.", "In a word: {k}.", "Think of {k}.")
OFFERED = ("{p}: {a}.", "The {p} is {a}.", "{p}, {a}.", "See the {p}: {a}.", "You find the {p} here: {a}.")
NAMED = ("See the {p}.", "You find the {p} here.", "With it: the {p}.", "Among them: the {p}.", "Take a look at the {p}.")
CALLS: dict[str, tuple[str, ...]] = {
    "plain": ("See more", "Look inside", "Go to the shop", "Open the shop", "See the {p}"),
    "friendly": ("Come and see", "Take a look", "Have a look", "Come in", "Meet the {p}"),
    "playful": ("Take a peek", "Go on, look!", "Show me!", "Let me see!"),
    "elegant": ("Be our guest", "Please come in", "Please look", "See the {p}"),
}
