"""Labels: tokens in QR codes, readable codes by a rule, sheets to print."""
