"""What breaks readers: hostile texts and values, damaged files, bad servers, and the sound files they start from."""
