"""Read HTML and write PDF: `python -m pmhub.pdf`. Nothing is fetched: all of the document stands
in it."""

import sys

from weasyprint import HTML
from weasyprint.urls import URLFetcher

nothing = URLFetcher(allowed_protocols=())
document = HTML(string=sys.stdin.buffer.read().decode(), url_fetcher=nothing)
document.write_pdf(sys.stdout.buffer, pdf_variant="pdf/ua-1")
