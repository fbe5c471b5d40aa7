"""The figures, all in one style: what a captioner thinks, drawn."""
