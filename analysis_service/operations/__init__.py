"""Operations: a copy of everything and back, what is kept how long, a person's erasure and export, and traces."""
