"""The analysis behind the living review: from tables of data to effect sizes, models and pages."""
