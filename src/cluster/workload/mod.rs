//! Images and what runs in containers: what an image and a command do. Ours.
