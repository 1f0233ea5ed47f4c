"""What the site offers beside its pages: tables for programs, and what describes them."""
