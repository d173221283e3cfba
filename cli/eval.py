"""`sf-mlx eval`: the paper's benchmarks. Its commands are in the files `eval_*.py`."""

import typer

from . import eval_check, eval_report, eval_run, eval_score, help

EXAMPLES = """
sf-mlx eval list
sf-mlx eval check nextqa --questions NExT_QA.csv --videos NExTVideo
sf-mlx eval run nextqa --questions NExT_QA.csv --videos NExTVideo -m llava-7b -o nextqa-7b
sf-mlx eval report nextqa-7b --html nextqa.html
"""

app = typer.Typer(
    name="eval",
    cls=help.Group,
    help="Run the paper's benchmarks, or your own questions, and report them.",
    epilog=EXAMPLES,
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command("list", cls=help.Page, epilog=eval_check.LIST_EXAMPLES)(eval_check.list_datasets)
app.command("check", cls=help.Page, epilog=eval_check.CHECK_EXAMPLES)(eval_check.check)
app.command("run", cls=help.Page, epilog=eval_run.EXAMPLES)(eval_run.run)
app.command("score", cls=help.Page, epilog=eval_score.SCORE_EXAMPLES)(eval_score.score)
app.command("report", cls=help.Page, epilog=eval_report.EXAMPLES)(eval_report.report)
app.command("import", cls=help.Page, epilog=eval_score.IMPORT_EXAMPLES)(eval_score.import_files)
