//! COPY text rows: fields, keys and the external sort.
