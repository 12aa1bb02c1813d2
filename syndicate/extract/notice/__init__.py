"""The archive notice: whole blocks in which a page says that its site is left, and for which one."""
