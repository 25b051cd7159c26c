"""`python -m therapyarc` is `therapyarc`."""

from therapyarc.cli import main

if __name__ == "__main__":
    main()
