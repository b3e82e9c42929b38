#!/usr/bin/env python3
"""Sums up the JUnit reports of ctest and pytest: `count-tests.py BROKEN-STEP REPORT...`; BROKEN-STEP is "" when every step ran.

Names every failed and every skipped test, a skipped one with its reason (the line "SKIPPED: ..." it printed). A skip
without a reason, a broken step and a run without tests count as failures. Ends with `N passed, N failed, N skipped`.
"""

import re
import sys
import xml.etree.ElementTree as ElementTree


def status_of(case):
    """ "run", "skipped" or another word for what went wrong. ctest has an attribute for it, pytest elements."""
    status = case.get("status")
    if status is None:
        children = {child.tag for child in case}
        return "fail" if children & {"failure", "error"} else "skipped" if "skipped" in children else "run"
    return "skipped" if status in ("notrun", "disabled") else status


def reason_of(case):
    """Why a test was skipped, or None."""
    skipped = case.find("skipped")
    if skipped is not None and skipped.get("type", "").startswith("pytest"):
        return skipped.get("message") or None
    output = case.findtext("system-out") or ""
    reasons = [line.partition("SKIPPED:")[2].strip() for line in output.splitlines() if "SKIPPED:" in line]
    return "; ".join(reason for reason in reasons if reason) or None


def cases_of(report):
    """The test cases of one report. Tests may print characters that XML cannot hold; those are dropped."""
    with open(report, encoding="utf-8", errors="replace") as file:
        text = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", file.read())
    return ElementTree.fromstring(text.encode()).iter("testcase")


def main(broken, reports):
    passed = failed = skipped = 0
    print()
    for report in reports:
        preset = report.split("/")[-2]
        for case in cases_of(report):
            name, status = case.get("name"), status_of(case)
            if status == "run":
                passed += 1
            elif status == "skipped" and reason_of(case):
                skipped += 1
                print(f"skipped  {preset}: {name}: {reason_of(case)}")
            elif status == "skipped":
                failed += 1
                print(f"FAILED   {preset}: {name}: skipped without a reason")
            else:
                failed += 1
                print(f"FAILED   {preset}: {name}")
    if broken:
        failed += 1
        print(f"FAILED   {broken}")
    elif passed + failed + skipped == 0:
        failed += 1
        print("FAILED   no test was found")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
