import json
from dataclasses import fields

from sereno.simulation.shift_report import Chain, ShiftReport, percentile


def test_percentile_is_the_nearest_rank() -> None:
    assert percentile([3.0, 1.0, 2.0, 4.0], 0.5) == 2.0
    assert percentile([3.0, 1.0, 2.0, 4.0], 0.99) == 4.0
    assert percentile([7.0], 0.5) == 7.0


def test_a_report_is_complete_only_with_every_link() -> None:
    report = ShiftReport()
    for link in fields(Chain):
        assert not report.complete
        assert link.name in report.chain.missing()
        setattr(report.chain, link.name, "x")
    assert report.complete


def test_the_report_as_json_names_what_is_missing() -> None:
    report = ShiftReport()
    report.chain.alert = "a1"
    report.latencies.add("verify", 0.25)
    body = json.loads(report.as_json())
    assert body["complete"] is False
    assert "alert" not in body["missing"]
    assert body["latencies"]["verify"] == {"count": 1, "p50_s": 0.25, "p99_s": 0.25, "max_s": 0.25}
