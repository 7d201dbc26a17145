"""Names of browsers and operating systems, found in what a browser sends as its name."""

# The text of each holds the names of those below it too, so the first match counts.
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


def browser_name(user_agent: str) -> str:
    """Return the name of a browser and its system, such as "Firefox on Windows"; for an unknown
    one, what it sends."""
    names = [
        next((name for word, name in table.items() if word in user_agent), "")
        for table in (BROWSERS, SYSTEMS)
    ]
    return " on ".join(filter(None, names)) or user_agent
