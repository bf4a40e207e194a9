"""What tests of pages in a browser share."""

LAPTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
HOSTILE = "</script><img src=x onerror='window.hacked = 1'><a href='https://example.org'>"
WIDEST = """() => Math.max(document.documentElement.scrollWidth,
  ...[...document.querySelectorAll("figure, .plot, .scroll")].map((one) => one.getBoundingClientRect().right))"""
