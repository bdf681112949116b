"""Parts of the Python that fetches with cmsdials what is on screen, all of it without anybody's words."""

from __future__ import annotations

from textwrap import dedent

HEAD = '''\
"""What was on the screen of dqmtui, fetched and drawn with cmsdials alone.

As a program it draws, with matplotlib; imported, or in a notebook, it leaves the numbers behind.
"""
'''

IMPORTS = ("import numpy as np", "from cmsdials import Dials", "from cmsdials.auth.device import Credentials")

HISTOGRAMS = dedent('''\
    def histograms(me, dataset_id, run, wanted):
        """Fetch histograms of a run by LS number; one that is wanted and absent is an error."""
        few = {"ls_number": wanted[0]} if len(wanted) == 1 else {}
        filters = %(filters)s(
            dataset_id=dataset_id, run_number=run, me=me, page_size=500, **few
        )
        rows = {row.ls_number: row for row in dials.%(client)s.list_all(filters).results}
        return {ls: rows[ls] for ls in wanted}


    def numbers(*ranges):
        """Give all LS numbers of some ranges, first and last included."""
        return [ls for first, last in ranges for ls in range(first, last + 1)]
''')

FILTERS = {
    1: ("LumisectionHistogram1DFilters", "h1d"),
    2: ("LumisectionHistogram2DFilters", "h2d"),
}

SUMMED = dedent('''\
    def summed(rows):
        """Sum the bins; those of a map are bins[y][x], row 0 the lowest y."""
        return np.sum([np.array(row.data) for row in rows.values()], axis=0)
''')

MERGED = dedent('''\
    def merged(bins, ends, to_ends, count, axis):
        """Merge bins along an axis between two ends into `count` coarser ones between `to_ends`."""
        width = (ends[1] - ends[0]) / bins.shape[axis]
        factor = round((to_ends[1] - to_ends[0]) / count / width)
        first = round((to_ends[0] - ends[0]) / width)
        along = np.moveaxis(bins, axis, -1)[..., first : first + factor * count]
        return np.moveaxis(along.reshape(*along.shape[:-1], count, factor).sum(axis=-1), -1, axis)
''')

OMS = dedent('''\
    def oms(endpoint, **wanted):
        """Fetch all records of OMS that fit, through DIALS."""
        filters = [
            OMSFilter(attribute_name=name, operator="EQ", value=value) for name, value in wanted.items()
        ]
        records = []
        while True:
            pages = [
                OMSPage(attribute_name="offset", value=len(records)),
                OMSPage(attribute_name="limit", value=1000),
            ]
            reply = dials.oms.query(endpoint=endpoint, filters=filters, pages=pages)
            records += reply["data"]
            if not reply["data"] or len(records) >= reply["meta"]["totalResourceCount"]:
                return records
''')

PATH_RATE = dedent('''\
    def rate_hz(run):
        """Fetch the rate of the HLT path by LS number; the run says which version of the path it has."""
        names = {record["attributes"]["path_name"] for record in oms("hltpathinfo", run_number=run)}
        versions = [re.fullmatch(re.escape(PATH) + r"_v(\\d+)", name) for name in names]
        newest = max(filter(None, versions), key=lambda found: int(found[1]))[0]
        records = [one["attributes"] for one in oms("hltpathrates", run_number=run, path_name=newest)]
        return {one["first_lumisection_number"]: one["rate"] for one in records}
''')

DATASET_RATE = dedent('''\
    def rate_hz(run):
        """Fetch the rate of the primary dataset by LS number."""
        records = oms("datasetrates", run_number=run, dataset_name=PRIMARY_DATASET)
        attributes = [one["attributes"] for one in records]
        return {one["first_lumisection_number"]: one["rate"] for one in attributes}
''')

PILEUP = dedent('''\
    def pileup(run):
        """Fetch the pileup by LS number."""
        records = [one["attributes"] for one in oms("lumisections", run_number=run)]
        return {one["lumisection_number"]: one["pileup"] for one in records}
''')

LUMINOSITY = dedent('''\
    POWERS = {"fb": -15, "pb": -12, "nb": -9, "ub": -6, "mb": -3, "b": 0}


    def power(unit):
        """Give the power of ten of a unit such as pb^{-1}."""
        return POWERS[re.sub(r"[{}\\\\$\\s]", "", unit).replace("mu", "u").split("^")[0]]


    def luminosity(run):
        """Fetch the luminosity recorded in each LS, in UNIT: units differ from run to run."""
        found = {}
        for record in oms("lumisections", run_number=run):
            unit = record["meta"]["row"]["recorded_lumi_per_lumisection"]["units"]
            value = record["attributes"]["recorded_lumi_per_lumisection"]
            if value is not None:
                factor = 1.0 if unit == UNIT else 10.0 ** (power(UNIT) - power(unit))
                found[record["attributes"]["lumisection_number"]] = value * factor
        return found
''')

STATISTICS = {
    "mean": "np.average(x, weights=bins)",
    "std": "np.sqrt(np.average((x - np.average(x, weights=bins)) ** 2, weights=bins))",
    "mean_error": "np.sqrt(np.average((x - np.average(x, weights=bins)) ** 2, weights=bins) / bins.sum())",
    "mode": "x[bins.argmax()]",
    "max": "bins.max()",
    "entries": "row.entries",
    "sum": "bins.sum()",
    "outside_fraction": "1 - bins.sum() / row.entries",
    "occupancy": "np.mean(bins != 0)",
    "mean_x": "np.average(x, weights=bins.sum(axis=0))",
    "mean_y": "np.average(y, weights=bins.sum(axis=1))",
    "empty_bins": "np.sum(bins == 0)",
}
"""What a statistic is of the bins of one LS; `x` and `y` are the centres of the bins."""

CENTRES = dedent('''\
    def centres(low, high, count):
        """Give the centres of the bins of an axis."""
        return low + (np.arange(int(count)) + 0.5) * (high - low) / count
''')
