"""The first sentences of the help: the purpose of the page from which it was opened, by the name of
its route."""

from __future__ import annotations

PAGES: dict[str, str] = {
    "home": "What waits for you, the most urgent first, and what moved in what is yours since you"
    " were here last. The link at the end of a line opens the form that settles it.",
    "inbox": "What others asked of you, gave you, said to you or did with what you follow, for 30"
    " days. What you open counts as read. What comes by mail is chosen under Your account, Mail.",
    "portfolio": "All programmes, and projects without one, with what is declared beside what the"
    " figures say. Click a figure to see what it is made of.",
    "one-portfolio": "The programmes and projects of one portfolio, with what is declared beside"
    " what the figures say. Click a figure to see what it is made of.",
    "portfolio-roadmap": "The programmes of a portfolio as bars over the years, with their"
    " tranches.",
    "portfolio-bubbles": "Programmes and projects by risk, value, cost and health. The table below"
    " says the same in words.",
    "portfolio-confidence": "How likely delivery is, as people judge it, and on what each judgement"
    " rests.",
    "portfolio-trend": "How the figures of the portfolio came to be what they are, period by"
    " period.",
    "prioritisation": "Proposals by their score, and how far the money goes.",
    "year-end": "What is open in a fiscal year before it is closed: approved and not spent, and"
    " what waits to be decided, invoiced, verified or converted. What is left moves on by a"
    " transfer.",
    "programme": "In the first sentence what is arriving and what threatens it; below, health with"
    " its reasons, four figures, what moved since the last report. Click a figure for its lines.",
    "programme-tracks": "Each project is a track, a milestone a station, a dependency a junction;"
    " coloured is what is late. Move a date to see whom it hurts, before anything is saved.",
    "programme-benefits": "Each benefit with its plan and what was measured, and the map from"
    " outputs to objectives. Choose a box to see only what leads to it and from it.",
    "programme-risk": "The matrix counts risks and filters the list below it; the curve says what"
    " they may cost together, at P50, P80 and P90.",
    "programme-money": "Approved, forecast and actual by project and period, and the business case"
    " as it stands beside the approved one.",
    "programme-governance": "Stages and tranches, gates, reviews, decisions, people and their"
    " roles.",
    "programme-what-if": "Scenarios are lists of changes that are tried together and written"
    " nowhere until you adopt some.",
    "programme-reports": "A report is drafted from the figures, written in words, approved and"
    " published; then it stays as it is, also as PDF.",
    "programme-report": "One report. Once published it stays; a correction is another report.",
    "project": "All of one project: dates, stage, milestones, money, risks, dependencies, people."
    " The weekly update changes most of it in a minute or two.",
    "project-money": "The budget by line and period, what is spent and ordered, what is still to"
    " come, and earned value.",
    "project-update": "What changed this week, in one form: leave what is still true as it is."
    " Ctrl and Enter save it. What you type comes back after a reload, until it is saved.",
    "explain": "Where a figure comes from: its formula, the lines that add up to it, what was left"
    " out and why, and what moved it between two moments.",
    "project-explain": "Where a figure comes from: its formula, the lines that add up to it, what"
    " was left out and why, and what moved it between two moments.",
    "portfolio-explain": "Where a figure comes from: the programmes and projects that add up to"
    " it.",
    "calendar": "What falls on which day, as a month or as a list; your own calendar can subscribe"
    " to it.",
    "resource-load": "Who is booked by how much in each month, against what they can give.",
    "pmo": "Every register and page there is, by field.",
    "data-quality": "What is amiss in the records, by rule, each with the way to mend it.",
    "deleted": "What was deleted within 30 days. Whoever deleted it, and the PMO, bring it back.",
    "import-records": "Records come from a file with the columns of a file of the list. The"
    " preview says what it would change; all of its rows are written, or none.",
    "record-history": "Each change of the record: when, by whom, why, and from what to what.",
    "record-activity": "What happened at the record and at all that belongs to it.",
    "search": "Finds whatever has a code or a name, and the words within; narrowed by kind.",
    "jobs": "What takes long goes on while you are elsewhere. What it makes is kept for a day.",
    "follows": "The records that you follow, what was changed last first. Nobody else sees that.",
    "comments": "What people say about records, the newest first. Write @ and a name to tell them.",
    "attachments": "Files and links at records. A new version leaves those before it in place.",
    "audit": "Who changed what, in an order that nobody can change without being noticed.",
}
LIST = (
    "Narrow the list by its filters, add others with Filter, and order it by a click on the head of"
    " a column. Columns chooses what is shown, Save this view keeps all of that under a name."
    " In the grid, Enter or F2 edits a cell, Escape leaves it, Tab goes on, and rows from a"
    " spreadsheet can be pasted."
)
RECORD = (
    "The facts of one record, what may be done with it now, and below what belongs to it. The star"
    " follows it, History tells each change."
)
