"""The only code that knows SQL: the schema, one module per noun, the migrations."""
