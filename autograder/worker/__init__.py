"""What runs beside a student's code in a process of its own, and how it is talked to.

It imports what a student has, and NumPy: neither references nor mistakes are where it runs.
"""
