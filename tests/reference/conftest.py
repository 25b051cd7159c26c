"""What makes reference values needs other packages in an environment of their own, and is no test."""

collect_ignore_glob = ["make_*.py"]
