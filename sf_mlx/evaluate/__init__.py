"""Benchmarks of video questions: data sets, a loop that can be resumed, scores, judges, reports.

Only the loop (`run.py`) and a local judge load MLX; everything else is plain Python.
"""
