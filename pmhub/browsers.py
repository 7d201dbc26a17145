"""What browsers and systems are called by people, from what they call themselves."""

# Each also says the names of those below it.
BROWSERS = {
    "Edg": "Edge",
    "OPR": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "FxiOS": "Firefox",
    "Firefox": "Firefox",
    "CriOS": "Chrome",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "CrOS": "ChromeOS",
    "Windows": "Windows",
    "Mac OS": "macOS",
    "Linux": "Linux",
}


def browser_name(said: str) -> str:
    """Return what people call a browser: "Firefox on Windows"; of one that is not known, what it
    calls itself."""
    names = [
        next((name for word, name in table.items() if word in said), "")
        for table in (BROWSERS, SYSTEMS)
    ]
    return " on ".join(filter(None, names)) or said
