//! A small understanding of what people write behind `sh -c`.
