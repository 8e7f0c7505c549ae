"""OGC API Features: the city's layers for anybody's map program, under ``/ogc``.

The standards are named by part and clause where a rule comes from one: Part 1 Core (17-069r4), Part 2 CRS (18-058r1),
Part 3 Filtering (19-079r2), Part 4 Create, Replace, Update, Delete (20-002, a draft), Part 5 Schemas (23-058r1), CQL2
(21-065r2).
"""
