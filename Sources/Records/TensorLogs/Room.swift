import Palimpsest
