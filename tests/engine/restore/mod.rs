//! Backup, difference, restore, Keep and Revert on a real server.

mod backups;
mod carbon;
mod carbon_archives;
mod derived;
mod doctor;
mod export;
mod forged;
mod inspect;
mod known_bugs;
mod main_path;
mod oracle;
mod orphans;
mod others;
mod owner;
mod pages;
mod picked;
mod proof;
mod random;
mod reach;
mod reviews;
mod schemas;
mod shapes;
mod values;
mod ways;
mod workshop;
mod writers;
