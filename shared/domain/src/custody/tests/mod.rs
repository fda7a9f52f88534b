mod answer;
mod consent;
mod explore;
mod standing;
