"""What the REST contract says of itself to whoever opens it."""

DESCRIPTION = (
    "Programmes, projects and benefits, and the figures computed from them.\n\n"
    "**To sign in**: whoever is signed in to pmhub in this browser tries requests here with"
    " their session. A program sends a token: make one under"
    " [Your account, Tokens](/account/tokens/), and send it as `Authorization: Bearer pmh_…`,"
    " or as the password of Basic authentication, as spreadsheets do. A token never does more"
    " than its user.\n\n"
    "**To find a request**: [all collections](/api/docs/) are listed and searched on a page of"
    " their own, and each has a page that tries its requests, such as /api/docs/risks/. The"
    " address of that page leads to what is open on it; pages of pmhub end with a link to the"
    " requests behind them."
)
