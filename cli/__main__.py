"""Where the process begins: Ctrl-C ends it without a traceback before anything slow is imported."""

import signal


def main() -> None:
    """Run the command line."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    from .main import main as run

    run()


if __name__ == "__main__":
    main()
