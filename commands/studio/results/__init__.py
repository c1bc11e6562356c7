"""Results as the commands of the studio find, show, hand out and lead on from them."""
