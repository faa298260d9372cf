// One import for a program that uses many rooms: every room below stands behind it.

@_exported import Analyzers
@_exported import Checkpoints
@_exported import Chunkers
@_exported import Evaluations
@_exported import Figures
@_exported import Gating
@_exported import Jinja
@_exported import Learning
@_exported import MemoryBanks
@_exported import MemoryControls
@_exported import MemoryGated
@_exported import MemoryOverwrite
@_exported import MemoryRetrieval
@_exported import Miniature
@_exported import Models
@_exported import Neighbours
@_exported import Notebooks
@_exported import Palimpsest
@_exported import Plots
@_exported import PolicyExtractive
@_exported import PolicyLocal
@_exported import PolicyRemote
@_exported import PolicyScripted
@_exported import Runs
@_exported import SentenceRules
@_exported import Settings
@_exported import Statistics
@_exported import Tables
@_exported import Tasks
@_exported import TensorLogs
@_exported import Tensors
@_exported import Terminal
@_exported import Tokenizers
@_exported import TraceLogs
@_exported import Trainer
@_exported import Transformers
@_exported import Verifiers

@_exported import enum Basics.Machine
