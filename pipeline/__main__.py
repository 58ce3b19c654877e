"""`python -m pipeline` is the command `shikaku`."""

from pipeline.office.cli import main

if __name__ == "__main__":
    main()
